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

static int whole_rows(const struct error_entry *e, int columns)
{
    struct sentence sentences[SENTENCES];
    int rows = 0;

    sentences_of(e, sentences);
    for (int i = 0; i < SENTENCES; i++)
        rows += figure_paragraph_rows(columns - LABEL_COLUMNS, sentences[i].text);
    return rows;
}

int explain_rows(const struct error_entry *e, int rows, int columns)
{
    int whole;

    if (!e || rows <= 0 || columns <= LABEL_COLUMNS)
        return 0;
    whole = whole_rows(e, columns);
    return whole <= rows ? whole : rows < SENTENCES ? rows : SENTENCES;
}

int explain_draw(struct area a, const struct error_entry *e)
{
    int rows = explain_rows(e, a.rows, a.columns), row = 0;
    struct sentence sentences[SENTENCES];
    bool whole;

    if (!rows)
        return 0;
    whole = rows == whole_rows(e, a.columns);
    sentences_of(e, sentences);
    for (int i = 0; i < SENTENCES && row < rows; i++) {
        struct area text =
            area_part(a, row, LABEL_COLUMNS, whole ? rows - row : 1, a.columns - LABEL_COLUMNS);

        area_text(a, row, 1, STYLE_DIM, sentences[i].label);
        row += figure_paragraph(text, 0, STYLE_NORMAL, sentences[i].text);
    }
    return row;
}
