/* tests/bench/empty_program.c - what starting a program with our libraries costs. */
int main(void)
{
    return 0;
}
