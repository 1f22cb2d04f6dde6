/* greet: says hello to each name it is given, and to the world when it is given none. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--version") == 0)
        return puts("greet " VERSION) < 0;
    if (argc == 1)
        return puts("Hello, world!") < 0;
    for (int i = 1; i < argc; i++)
        printf("Hello, %s!\n", argv[i]);
    return fflush(stdout) == 0 ? 0 : 1;
}
