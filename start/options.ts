import { parseArgs } from 'node:util';

export interface StartOptions {
  /** End after the story. */
  readonly exit: boolean;
  /** Name of the network; its state is `.tallystick/<name>`. */
  readonly name: string | undefined;
  /** First of the ports. */
  readonly basePort: number | undefined;
}

export const USAGE = `npm start -- [--exit] [--name NAME] [--base-port PORT]

  --exit            end after the story, with status 0 if every step did what it says, else 1
  --name NAME       a network of its own; its state is .tallystick/NAME
  --base-port PORT  the first of the 200 ports it keeps to (17000 unless told; a network keeps the ports it was made with)
`;

export class UsageError extends Error {}

/** @returns undefined when only help is wanted. @throws UsageError */
export function readOptions(args: readonly string[]): StartOptions | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  return { exit: values.exit === true, name: values.name, basePort: portIn(values['base-port']) };
}

function parse(args: readonly string[]) {
  try {
    const options = { exit: { type: 'boolean' }, name: { type: 'string' }, 'base-port': { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function portIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  // Which ports will do, the network says.
  if (!Number.isInteger(port) || port < 1024) throw new UsageError(`"${text}" is not a port to begin with: a whole number from 1024.`);
  return port;
}
