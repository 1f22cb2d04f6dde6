namespace EventSourced.Workers.Packages.Nodes.Dependencies;

/// <summary>A build needs what neither the machine has nor the task's repositories can give. The message is for the user.</summary>
public sealed class BuildDependencyException(string message) : Exception(message);
