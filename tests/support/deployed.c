// Runs a network on sequences from the input: the number of timesteps, then the inputs of each.

#include <stdio.h>
#include <string.h>

#include "net.h"

static struct net net;

int main(void)
{
    float input[NET_INPUTS], output[NET_OUTPUTS];
    int timesteps;
    memset(&net, 0xff, sizeof net); // not a number, unless a reset sets it
    while (fread(&timesteps, sizeof timesteps, 1, stdin) == 1) {
        net_reset(&net);
        for (int t = 0; t < timesteps; t++) {
            if (fread(input, sizeof input, 1, stdin) != 1)
                return 1;
            net_step(&net, input, output);
            fwrite(output, sizeof output, 1, stdout);
        }
    }
    return 0;
}
