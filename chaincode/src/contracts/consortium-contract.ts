import { Contract, type Context } from 'fabric-contract-api';
import { nodeCrypto, organizationalUnits } from '../crypto/index.ts';
import { ticked } from '../domain/clock.ts';
import { refuseUnless } from '../domain/error.ts';
import { voteFounding } from '../domain/founding.ts';
import { assertMaySubmit } from '../domain/standing.ts';
import { formatInstant } from '../domain/time.ts';
import { LedgerBook } from '../ledger/ledger-book.ts';
import { assertNotSkewed, transact } from './transaction.ts';

const ADMIN = 'admin';

/** What the members do together: found the ledger, and move its clock. */
export class ConsortiumContract extends Contract {
  constructor() {
    super('consortium');
  }

  /** A member's vote for a founding document, by an admin of its MSP; with the last vote the ledger is founded. */
  found(context: Context, document: string): Promise<string> {
    return transact(context, async ({ state, submitter, now, emit }) => {
      assertNotSkewed(now);
      refuseUnless(isAdmin(context), 'FOUNDING_RIGHT');
      const book = new LedgerBook(state, { now });
      const founded = await book.decide((view) => voteFounding(view, nodeCrypto, submitter, document));
      book.keep();
      await book.record();
      emit({ v: 1, founded, vote: submitter });
      return { founded };
    });
  }

  /** Moves the ledger clock to the transaction's time. Every transaction endorsed before it can no longer commit. */
  tick(context: Context): Promise<string> {
    return transact(context, async ({ state, submitter, now, emit }) => {
      assertNotSkewed(now);
      const book = new LedgerBook(state, { now });
      await book.decide((view) => {
        assertMaySubmit(view.ledger, submitter);
        view.put('clock', [], ticked(view.clock, now));
      });
      book.keep();
      await book.record();
      const clock = formatInstant(now);
      emit({ v: 1, clock });
      return { clock };
    });
  }
}

/** NodeOU: the certificate's organizational unit says what its bearer is. */
function isAdmin({ clientIdentity }: Context): boolean {
  return organizationalUnits(clientIdentity.getIDBytes()).includes(ADMIN);
}
