import { objectIdSchema, type SignerId } from '@tallystick/chaincode/domain';

/** An object's id has a point after the instruction's; an account's has another sign there. */
const UUID_LENGTH = 36;

interface Named {
  readonly signer: SignerId;
  readonly type: string;
  readonly body: unknown;
}

type Members = Readonly<Record<string, unknown>>;

/**
 * Names of the objects an instruction is about, other than what it makes: ids in its body, and the rows that have no id of
 * their own, `a/{account}`, `l/{enterprise}/{token}`, `g/{enterprise}/{token}/{merchant}`, `x/{token}/{into}`.
 */
export function objectsNamedBy({ signer, type, body }: Named): readonly string[] {
  const members = body as Members;
  const name = (member: string): string => {
    const value = members[member];
    return typeof value === 'string' ? value : signer;
  };
  const [noun] = type.split('.');
  const rows: Readonly<Record<string, () => string>> = {
    account: () => `a/${name('account')}`,
    certificate: () => `a/${name('holder')}`,
    acceptance: () => `x/${name('token')}/${name('into')}`,
    limit: () => `l/${name('account')}/${name('token')}`,
    grant: () => `g/${name('enterprise')}/${name('token')}/${name('merchant')}`,
  };
  const row = rows[noun ?? '']?.();
  return [...new Set([...(row === undefined ? [] : [row]), ...idsIn(body)])];
}

/** Whether a name is of a row that has no id of its own. */
export function isRow(name: string): boolean {
  return name.includes('/');
}

function idsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value[UUID_LENGTH] === '.' && objectIdSchema.safeParse(value).success ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(idsIn);
}
