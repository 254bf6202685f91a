#include "ui/console/explain.h"

#include "ui/console/figures.h"

enum { LABEL_COLUMNS = 7, SENTENCES = 3 };

struct sentence {
    const char *label, *text;
};

static void sentences_of(const struct error_entry *e, struct sentence ret[SENTENCES])
{
    ret[0] = (struct sentence){"means", e->meaning};
    ret[1] = (struct sentence){"often", e->causes.list[0]};
    ret[2] = (struct sentence){"try", e->tries.list[0]};
}

/* Rows of each sentence: one, then as many more as it needs, the first ones first. */
static int share_out(const struct error_entry *e, int rows, int columns, int ret[SENTENCES])
{
    struct sentence sentences[SENTENCES];
    int left = rows;

    sentences_of(e, sentences);
    for (int i = 0; i < SENTENCES; i++) {
        ret[i] = left > 0;
        left -= ret[i];
    }
    for (int i = 0; i < SENTENCES && left > 0; i++) {
        int more = figure_paragraph_rows(columns - LABEL_COLUMNS, sentences[i].text) - ret[i];

        more = more < left ? more : left;
        ret[i] += more;
        left -= more;
    }
    return rows - left;
}

int explain_rows(const struct error_entry *e, int rows, int columns)
{
    int each[SENTENCES];

    return e && rows > 0 && columns > LABEL_COLUMNS ? share_out(e, rows, columns, each) : 0;
}

int explain_draw(struct area a, const struct error_entry *e)
{
    struct sentence sentences[SENTENCES];
    int each[SENTENCES], row = 0;

    if (!explain_rows(e, a.rows, a.columns))
        return 0;
    share_out(e, a.rows, a.columns, each);
    sentences_of(e, sentences);
    for (int i = 0; i < SENTENCES && each[i]; i++) {
        struct area text = area_part(a, row, LABEL_COLUMNS, each[i], a.columns - LABEL_COLUMNS);

        area_text(a, row, 1, STYLE_DIM, sentences[i].label);
        row += figure_paragraph(text, 0, STYLE_NORMAL, sentences[i].text);
    }
    return row;
}
