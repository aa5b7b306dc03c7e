/* spikes.c - from bits as the kernel writes them to bits as NumPy packs them.
 *
 * The kernel gives every lane of every work-item of every unit words of its
 * own: bit k % 32 of word k / 32 is the lane's neuron in block k. NumPy's
 * packbits gives eight neurons in a row a byte, the first one its highest bit.
 */
#include "engine/engine_private.h"

#include <string.h>

/* `lanes` of a unit, `items` of all units. */
static void
row_pack(const uint32_t *words, size_t lanes, size_t items, size_t blocks,
         size_t neurons, unsigned char *out)
{
    memset(out, 0, (neurons + 7) / 8);
    for (size_t i = 0; i < neurons; i++) {
        const size_t unit = i / (blocks * lanes);
        const size_t block = i / lanes % blocks;
        const size_t at = block / 32 * items + unit * lanes + i % lanes;
        if (words[at] >> (block % 32) & 1)
            out[i / 8] |= (unsigned char)(0x80 >> (i % 8));
    }
}

void
spikes_pack(struct engine *engine, int seat)
{
    const struct fit *fit = &engine->fit;
    const size_t n_ff = (size_t)engine->shape.neurons_ff;
    const size_t n_rec = (size_t)engine->shape.neurons_rec;
    const size_t lanes = (size_t)(fit->unit * fit->width);
    const size_t items = (size_t)fit->units * lanes;
    const size_t blocks_ff = (size_t)fit->blocks_ff;
    const size_t blocks_rec = (size_t)fit->blocks_rec;
    const size_t words_ff = (size_t)((fit->blocks_ff + 31) / 32) * items;
    struct seat *place = &engine->seat[seat];
    const uint32_t *row = engine->spikes + (size_t)seat *
                                               (size_t)engine->steps_most *
                                               engine->sizes.spikes;

    for (size_t i = 0; i < (size_t)place->past.steps; i++) {
        row_pack(row, lanes, items, blocks_ff, n_ff,
                 place->spikes_ff + i * ((n_ff + 7) / 8));
        row_pack(row + words_ff, lanes, items, blocks_rec, n_rec,
                 place->spikes_rec + i * ((n_rec + 7) / 8));
        row += engine->sizes.spikes;
    }
}
