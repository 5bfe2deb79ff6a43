/** Where another organization's gateway is. */
export interface Neighbour {
  readonly organizationId: string;
  readonly url: string;
}

interface Question {
  readonly json: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly withinMs: number;
  /** Bytes of the answer that are read. */
  readonly atMost: number;
}

/** What another organization's gateway answers, JSON. It may be hostile: so much is read and for so long, and it sends nobody elsewhere. @throws unless it is 200 */
export async function askNeighbour(url: string, { json, headers = {}, withinMs, atMost }: Question): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'error',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(json),
    signal: AbortSignal.timeout(withinMs),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`status ${response.status}`);
  }
  const body = response.body as AsyncIterable<Uint8Array> | null;
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop ends the answer.
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > atMost) throw new Error(`an answer of more than ${atMost} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
}
