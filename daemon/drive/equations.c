/* equations.c - dx/dt of a system by itself, for a network that is to have it
 * from the start. */
#include "drive/drive_private.h"

#include <stdlib.h>

struct equations {
    struct spec spec;
    struct plant *plant;
};

enum status
equations_new(const struct spec *spec, struct equations **out,
              struct error *err)
{
    struct equations *equations = memory_array(1, sizeof(*equations));
    enum status status;

    if (!equations)
        return error_set(err, NO_MEMORY, "no memory for equations");
    equations->spec = *spec;
    status = plant_new(&equations->spec, NULL, NULL, &equations->plant, err);
    if (status == OK) {
        *out = equations;
        return OK;
    }
    equations_free(equations);
    return status;
}

void
equations_free(struct equations *equations)
{
    if (!equations)
        return;
    plant_free(equations->plant);
    free(equations);
}

void
equations_slope(const struct equations *equations, const double *x,
                const double *u, double *dx)
{
    plant_slope(equations->plant, x, u, dx);
}
