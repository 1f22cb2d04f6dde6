using System.Runtime.InteropServices;
using EventSourced.Workers.Packages.Nodes;

namespace EventSourced.Workers.Tests.Packages;

public sealed class NodeRegistrationTests
{
    [Theory]
    [InlineData(Architecture.X64, true, true, new[] { "x86_64", "amd64", "src" })]
    [InlineData(Architecture.X64, false, true, new[] { "amd64" })]
    [InlineData(Architecture.X64, true, false, new[] { "x86_64" })]
    [InlineData(Architecture.Arm64, true, true, new[] { "aarch64", "arm64", "src" })]
    [InlineData(Architecture.RiscV64, true, true, new[] { "riscv64", "src" })]
    public void A_node_asks_for_what_its_machine_and_its_tools_can_build(Architecture machine, bool rpm, bool deb, string[] expected) =>
        Assert.Equal(expected, NodeRegistration.OwnArches(machine, rpm, deb));
}
