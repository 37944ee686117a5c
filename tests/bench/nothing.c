/* A program that does nothing: what a process costs that does. */
int
main(void)
{
	return (0);
}
