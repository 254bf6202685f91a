#include "core/model/probing.h"

#include <stdlib.h>

void wish_free(struct wish *w)
{
    if (!w)
        return;
    filter_free(w->filter);
    free(w);
}
