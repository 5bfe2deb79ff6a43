/** Whoever reads only the beginning (`| head`) has had enough; any other failure to write is one of the command. */
export function endWithOutput(): void {
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(0);
    process.stderr.write(`${message}\n`);
    process.exit(1);
  });
}
