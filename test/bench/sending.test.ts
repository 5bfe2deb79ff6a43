import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { send } from './http.ts';
import { bulkPiece, instructionsOf } from './press.ts';
import { sendBulk, sendSingle } from './provision.ts';
import { scenePlayer, type Written } from './scenes.ts';

/** What a gateway answers next, and what it was sent. */
interface Canned {
  readonly status: number;
  readonly body?: unknown;
  readonly retryAfter?: string;
}

describe('what the bench sends', () => {
  let server: Server;
  let gateway: string;
  let answers: Canned[];
  let bodies: string[];

  before(async () => {
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
        bodies.push(Buffer.concat(parts).toString());
        const { status, body, retryAfter } = answers.shift() ?? { status: 500 };
        response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
        response.end(JSON.stringify(body ?? {}));
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  beforeEach(() => {
    answers = [];
    bodies = [];
  });

  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const applied = (status = 201) => ({ status, receipt: { outcome: 'applied', check: { rule: 'passed' } } });
  const refused = (status: number, code: string) => ({ status, problem: { code } });
  const outcomes = (...told: readonly unknown[]): Canned => ({ status: 200, body: { outcomes: told } });

  it('is counted as committed when it is applied, now or before, and else as refused', async () => {
    answers = [outcomes(applied(), applied(200), refused(422, 'FUNDS_INSUFFICIENT'), refused(503, 'AGAIN'))];
    expect(await sendBulk(gateway, bulkPiece(['a', 'b', 'c', 'd']))).to.include({ committed: 2, refused: 2 });
    expect(bodies).to.deep.equal(['{"instructions":["a","b","c","d"]}']);
  });

  it('is counted as refused as a whole when it is turned away, with the time after which it may come back', async () => {
    answers = [{ status: 429, retryAfter: '7' }];
    expect(await sendBulk(gateway, bulkPiece(['a', 'b', 'c']))).to.include({ committed: 0, refused: 3, turnedAwayFor: 7 });
  });

  it('ends the run with an answer that is neither', async () => {
    answers = [{ status: 500 }];
    expect(await sendBulk(gateway, bulkPiece(['a'])).catch((error: unknown) => String(error))).to.include('bulk: 500');
  });

  it('alone is committed by 201 and by nothing else', async () => {
    for (const [status, committed] of [[201, 1], [200, 0], [422, 0], [429, 0], [503, 0]] as const) {
      answers = [{ status }];
      expect(await sendSingle(gateway, { bytes: Buffer.from('a'), count: 1 }), String(status)).to.deep.equal({ committed, refused: 1 - committed });
    }
  });

  it('is sent once more when a kept connection was ended by the other side', async () => {
    answers = [{ status: 200 }, { status: 200 }];
    await send({ url: gateway });
    server.closeAllConnections();
    expect((await send({ url: gateway })).status).to.equal(200);
  });

  describe('of a scene', () => {
    const written = (text: string, type = 'payment.pay/1'): Written => ({ text, type, object: `${text}.somebody` });
    const started = (...acts: readonly (readonly Written[])[]) => {
      const player = scenePlayer([gateway], [{ gateway, acts }]);
      player.span.begin();
      return player;
    };
    const sent = () => bodies.map((body) => instructionsOf({ bytes: Buffer.from(body), count: 0 }));

    it('is one act after the other, of which payments and captures are counted as committed', async () => {
      const { send: play, rows } = started([written('a'), written('b', 'hold.place/1')], [written('c', 'hold.capture/1'), written('d', 'settlement.initiate/1')]);
      answers = [outcomes(applied(), applied()), outcomes(applied(), refused(409, 'BILL_STATE'))];
      expect([await play(0), await play(0), await play(0)]).to.deep.equal([{ committed: 1, refused: 0 }, { committed: 1, refused: 1 }, undefined]);
      expect(sent()).to.deep.equal([['a', 'b'], ['c', 'd']]);
      expect(rows(2)).to.deep.equal([
        { instruction: 'payment.pay/1', perSecond: 0.5 }, { instruction: 'hold.place/1', perSecond: 0.5 }, { instruction: 'hold.capture/1', perSecond: 0.5 },
        { instruction: 'refused settlement.initiate/1 BILL_STATE', perSecond: 0.5 },
      ]);
    });

    it('is refused when it is turned away, and sent again before what depends on it', async () => {
      const { send: play, rows } = started([written('a'), written('b')], [written('c')]);
      answers = [{ status: 429, retryAfter: '0' }, outcomes(applied(), refused(503, 'AGAIN')), outcomes(applied()), outcomes(applied())];
      // The second time one is told to wait, which takes a second.
      const counted = [await play(0), await play(0), await play(0), await play(0), await play(0)];
      expect(counted).to.deep.equal([{ committed: 0, refused: 2 }, { committed: 1, refused: 1 }, { committed: 1, refused: 0 }, { committed: 1, refused: 0 }, undefined]);
      expect(sent()).to.deep.equal([['a', 'b'], ['a', 'b'], ['b'], ['c']]);
      expect(rows(1)).to.deep.include({ instruction: 'refused payment.pay/1 TOO_MANY_REQUESTS', perSecond: 2 });
    });
  });
});
