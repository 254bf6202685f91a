/* tests/bench/minimal_ncurses.c - the least that a program on ncurses does before it shows 24
 * lines: what first_frame_bench compares with. */
#include <curses.h>
#include <locale.h>

int main(void)
{
    setlocale(LC_ALL, "");
    if (!initscr())
        return 1;
    for (int row = 0; row < 23; row++)
        mvprintw(row, 0, "line %d of what a minimal program shows, as wide as the others", row);
    mvprintw(23, 0, "q quit");
    refresh();
    getch();
    endwin();
    return 0;
}
