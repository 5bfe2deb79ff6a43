import { ACCOUNT_ROLES, accountIdSchema, applicationJwsSchema, ASK_REASONS, digestSchema, DOCUMENT_TYPES, MAX_DOCUMENT_BYTES, REGISTRATION_STATES, REJECTION_REASONS } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import type { Gateway } from '../gateway.ts';
import { assertOfficerOf } from '../http/entitlement.ts';
import { HttpError } from '../http/http-error.ts';
import { receiptOf, receiptSchema } from '../http/receipt.ts';
import { instructionRoute, jsonRoute, publicRoute, readerRoute } from '../http/route.ts';
import type { Registration } from '../registration/store.ts';
import { pageQuery } from './listing.ts';
import { longPoll, waitQuery } from './long-poll.ts';
import { passwordSchema, pkcs12Schema } from './certificates.ts';
import { INSTRUCTION_PROBLEMS, INSTRUCTION_REPLIES, submitted } from './instruction-reply.ts';

const requestSchema = z
  .strictObject({
    account: accountIdSchema.meta({ description: 'Chosen by the applicant: {uuidv7}@{organization of this gateway}; also the common name of the request' }),
    roles: z.array(z.enum(ACCOUNT_ROLES)).min(1).refine((roles) => new Set(roles).size === roles.length),
    holder: digestSchema.meta({ description: 'Salted hash of the registration number or LEI' }),
    csr: z.string().max(8192).optional().meta({ description: 'PKCS #10, PEM, P-256' }),
    application: applicationJwsSchema.optional(),
    keys: z.literal('issued').optional().meta({ description: 'The organization makes the key and hands it over once; then without csr and application' }),
    secret: z.string().regex(/^[A-Za-z0-9_-]{22,64}$/).optional().meta({ description: 'At least 128 random bits, base64url, chosen by the applicant: the same asked again with it, after an answer that was lost, is the same registration. Made by the gateway unless told' }),
  })
  .refine(({ keys, csr, application }) => (keys === undefined ? csr !== undefined && application !== undefined : csr === undefined && application === undefined), { path: ['csr'] });

const documentSchema = z
  .object({
    number: z.int(),
    type: z.enum(DOCUMENT_TYPES),
    size: z.int(),
    hash: z.string().meta({ description: 'SHA-256 of salt and content: what goes on the ledger' }),
    salt: z.string(),
    submittedAt: z.string(),
  })
  .meta({ id: 'Document' });

const askSchema = z
  .object({ reasons: z.array(z.enum(ASK_REASONS)), askedAt: z.string(), deadline: z.string(), answeredAt: z.string().optional() })
  .meta({ id: 'RegistrationAsk', description: 'What the registrar wants to see besides' });

const registrationSchema = z
  .object({
    id: z.string(),
    account: z.string(),
    roles: z.array(z.enum(ACCOUNT_ROLES)),
    holder: z.string(),
    csr: z.string().optional(),
    application: z.string().optional(),
    keys: z.literal('issued').optional(),
    state: z.enum(REGISTRATION_STATES),
    certificate: z.string().optional().meta({ description: 'DER, base64; once certified' }),
    reason: z.string().optional(),
    deadline: z.string().optional().meta({ description: 'When it lapses unless whoever has to act acts' }),
    documents: z.array(documentSchema).optional(),
    asks: z.array(askSchema).optional(),
    submittedAt: z.string(),
    receipt: receiptSchema.optional().meta({ description: 'Once registered' }),
  })
  .meta({ id: 'Registration' });

const registrationParams = z.strictObject({ registration: z.string().regex(/^[0-9a-f-]{40,60}$/) });

export const submitRegistration = jsonRoute({
  method: 'post',
  path: '/registrations',
  tag: 'registrations',
  access: 'public',
  summary: 'Apply for an account',
  description: 'Usually the applicant makes its key and keeps it. `application` (certificate.application/1, signed with that key, kid = SHA-256 of its SPKI) binds key, account, ledger and certificate request. With `keys: "issued"` the organization makes the key once the registrar has admitted the applicant.',
  json: requestSchema,
  replies: { 201: { description: 'Submitted; `secret` lets the applicant ask for it', schema: registrationSchema.extend({ secret: z.string() }) } },
  errors: ['REGISTRATION_PROOF', 'REGISTRATION_STATE', 'OBJECT_DIFFERS', 'TOO_MANY_REQUESTS'],
  handle: async (gateway, { body, address }) => {
    const { registration, secret } = await gateway.registrations.submit(body, address);
    return { status: 201, headers: { location: `/registrations/${registration.id}` }, body: { ...told(gateway, registration), secret } };
  },
});

export const getRegistration = publicRoute({
  method: 'get',
  path: '/registrations/{registration}',
  tag: 'registrations',
  summary: 'A registration',
  description: 'For its applicant (header `Registration-Secret`) or the organization’s registrar (bearer token). With `tag` and `wait` it answers when it is something else than at that tag, or after so many seconds.',
  params: registrationParams,
  query: z.strictObject(waitQuery),
  replies: { 200: { description: 'As it is now', schema: registrationSchema.extend({ tag: z.string() }) } },
  errors: ['UNAUTHENTICATED', 'NOT_ENTITLED', 'NOT_FOUND', 'TOO_MANY_REQUESTS'],
  handle: async (gateway, { params, query, header, gone }) => {
    assertParty(gateway, params.registration, header);
    const body = await longPoll(gateway, { name: params.registration, query, gone }, () => told(gateway, mustBe(gateway, params.registration)));
    return { status: 200, body };
  },
});

export const submitDocument = jsonRoute({
  method: 'post',
  path: '/registrations/{registration}/documents',
  tag: 'registrations',
  access: 'public',
  summary: 'Hand in a document',
  description: `By the applicant (header \`Registration-Secret\`), while it is submitted or asked for more. Up to ten of at most ${MAX_DOCUMENT_BYTES / 1024 ** 2} MiB; the organization keeps them, and only salted hashes go on the ledger.`,
  params: registrationParams,
  json: z.strictObject({ type: z.enum(DOCUMENT_TYPES), content: z.string().min(1).meta({ description: 'base64' }) }),
  limit: Math.ceil((MAX_DOCUMENT_BYTES * 4) / 3) + 1024,
  replies: { 201: { description: 'Kept', schema: documentSchema } },
  errors: ['NOT_FOUND', 'REGISTRATION_STATE', 'DOCUMENT_LIMIT', 'DOCUMENT_INVALID', 'TOO_MANY_REQUESTS'],
  handle: (gateway, { params, body, header }) => {
    assertApplicant(gateway, params.registration, header);
    return { status: 201, body: gateway.registrations.addDocument(params.registration, body.type, body.content) };
  },
});

export const getDocument = publicRoute({
  method: 'get',
  path: '/registrations/{registration}/documents/{number}',
  tag: 'registrations',
  summary: 'A document',
  description: 'For the applicant or the registrar, as the registration itself. Documents of what was rejected or has lapsed are gone.',
  params: registrationParams.extend({ number: z.string().regex(/^\d{1,2}$/).transform(Number) }),
  replies: { 200: { description: 'With its content', schema: documentSchema.extend({ content: z.string().meta({ description: 'base64' }) }) } },
  errors: ['UNAUTHENTICATED', 'NOT_ENTITLED', 'NOT_FOUND'],
  handle: (gateway, { params, header }) => {
    assertParty(gateway, params.registration, header);
    const document = gateway.registrations.document(params.registration, params.number);
    if (document === undefined) throw new HttpError('NOT_FOUND');
    return { status: 200, body: document };
  },
});

export const askForMore = jsonRoute({
  method: 'post',
  path: '/registrations/{registration}/requests',
  tag: 'registrations',
  access: 'reader',
  summary: 'Ask an applicant for more',
  description: 'By the registrar. The applicant hands in documents and answers; unanswered past the deadline the registration lapses.',
  params: registrationParams,
  json: z.strictObject({ reasons: z.array(z.enum(ASK_REASONS)).min(1).max(ASK_REASONS.length), days: z.int().min(1).max(90).default(14) }),
  replies: { 200: { description: 'Asked', schema: registrationSchema } },
  errors: ['NOT_ENTITLED', 'NOT_FOUND', 'REGISTRATION_STATE'],
  handle: (gateway, { params, body }, reader) => {
    assertOfficerOf(reader, gateway.organizationId, 'registrar');
    return { status: 200, body: told(gateway, gateway.registrations.ask(params.registration, body.reasons, body.days)) };
  },
});

export const answerRequest = jsonRoute({
  method: 'post',
  path: '/registrations/{registration}/answer',
  tag: 'registrations',
  access: 'public',
  summary: 'Say that what was asked for is handed in',
  description: 'By the applicant (header `Registration-Secret`), after at least one more document.',
  params: registrationParams,
  json: z.strictObject({}),
  replies: { 200: { description: 'Submitted again', schema: registrationSchema } },
  errors: ['NOT_FOUND', 'REGISTRATION_STATE'],
  handle: (gateway, { params, header }) => {
    assertApplicant(gateway, params.registration, header);
    return { status: 200, body: told(gateway, gateway.registrations.answer(params.registration)) };
  },
});

export const takeKey = jsonRoute({
  method: 'post',
  path: '/registrations/{registration}/key',
  tag: 'registrations',
  access: 'public',
  summary: 'Take the key that the organization makes',
  description: 'By the applicant (header `Registration-Secret`), once, when it is admitted. The key is made for this answer, certified, and given away encrypted: nobody can show it again. Without a password of the applicant’s one is made and shown once as well. Whoever loses this answer applies anew.',
  params: registrationParams,
  json: z.strictObject({ password: passwordSchema.optional() }),
  replies: {
    200: {
      description: 'The key',
      schema: z.object({
        pkcs12: pkcs12Schema,
        password: z.string().optional().meta({ description: 'Unless the applicant chose it' }),
        registration: registrationSchema,
      }),
    },
  },
  errors: ['NOT_FOUND', 'REGISTRATION_STATE', 'CERTIFICATE_AUTHORITY_UNAVAILABLE'],
  handle: async (gateway, { params, body, header }) => {
    assertApplicant(gateway, params.registration, header);
    const { pkcs12, password } = await gateway.registrations.issueKey(params.registration, body.password);
    return { status: 200, body: { pkcs12, ...(password !== undefined && { password }), registration: told(gateway, mustBe(gateway, params.registration)) } };
  },
});

export const listRegistrations = readerRoute({
  method: 'get',
  path: '/registrations',
  tag: 'registrations',
  summary: 'Registrations, oldest first, for the registrar',
  query: z.strictObject({
    state: z.enum(REGISTRATION_STATES).optional(),
    cursor: pageQuery.cursor,
    limit: z.string().regex(/^\d{1,3}$/).transform(Number).pipe(z.int().min(1).max(200)).optional(),
  }),
  replies: { 200: { description: 'A page', schema: z.object({ items: z.array(registrationSchema), cursor: z.string().optional() }) } },
  errors: ['NOT_ENTITLED'],
  handle: (gateway, { query }, reader) => {
    assertOfficerOf(reader, gateway.organizationId, 'registrar');
    const limit = query.limit ?? 50;
    const items = gateway.registrations.list(query.state, query.cursor ?? '', limit);
    const last = items.at(-1);
    const page = { items: items.map((registration) => told(gateway, registration)) };
    return { status: 200, body: items.length < limit || last === undefined ? page : { ...page, cursor: last.id } };
  },
});

export const certifyRegistration = readerRoute({
  method: 'post',
  path: '/registrations/{registration}/certificate',
  tag: 'registrations',
  summary: 'Admit the applicant: the CA certifies its key',
  description: 'By the registrar, after review. Where the organization makes the key, the applicant is admitted to take it, and the certificate is there once it has. The certificate counts for nothing until the ledger has recorded it.',
  params: registrationParams,
  replies: { 200: { description: 'Certified, or admitted', schema: registrationSchema } },
  errors: ['NOT_ENTITLED', 'NOT_FOUND', 'REGISTRATION_STATE', 'CERTIFICATE_AUTHORITY_UNAVAILABLE'],
  handle: async (gateway, { params }, reader) => {
    assertOfficerOf(reader, gateway.organizationId, 'registrar');
    return { status: 200, body: told(gateway, await gateway.registrations.certify(params.registration)) };
  },
});

export const approveRegistration = instructionRoute({
  method: 'post',
  path: '/registrations/{registration}/approval',
  tag: 'registrations',
  summary: 'Register the account on the ledger',
  description: 'The registrar’s signed decision; its signature is the authentication.',
  types: ['account.register/1'],
  params: registrationParams,
  replies: INSTRUCTION_REPLIES,
  errors: [
    ...INSTRUCTION_PROBLEMS, 'NOT_FOUND', 'OBJECT_DIFFERS', 'REGISTRATION_STATE', 'OFFICER_ORGANIZATION_DIFFERS', 'OFFICER_ROLE_MISSING', 'ACCOUNT_EXISTS',
    'CERTIFICATE_MALFORMED', 'CERTIFICATE_PROFILE', 'CERTIFICATE_ISSUER', 'CERTIFICATE_NOT_CURRENT', 'CERTIFICATE_PROOF', 'KEY_IN_USE',
  ],
  handle: (gateway, { params, body, header }) => {
    gateway.registrations.assertApproves(params.registration, body.instruction);
    return submitted(gateway, body, header('prefer'));
  },
});

export const rejectRegistration = jsonRoute({
  method: 'post',
  path: '/registrations/{registration}/rejection',
  tag: 'registrations',
  access: 'reader',
  summary: 'Reject an applicant',
  params: registrationParams,
  json: z.strictObject({ reason: z.enum(REJECTION_REASONS) }),
  replies: { 200: { description: 'Rejected', schema: registrationSchema } },
  errors: ['NOT_ENTITLED', 'NOT_FOUND', 'REGISTRATION_STATE'],
  handle: (gateway, { params, body }, reader) => {
    assertOfficerOf(reader, gateway.organizationId, 'registrar');
    return { status: 200, body: told(gateway, gateway.registrations.reject(params.registration, body.reason)) };
  },
});

type Header = (name: string) => string | undefined;

/** @throws HttpError NOT_FOUND, also for a wrong secret */
function assertApplicant({ registrations }: Gateway, id: string, header: Header): void {
  const registration = registrations.one(id);
  if (registration === undefined || !registrations.isApplicant(registration, header('registration-secret'))) throw new HttpError('NOT_FOUND');
}

/** The applicant by its secret, or the registrar by its token. @throws HttpError */
function assertParty(gateway: Gateway, id: string, header: Header): void {
  if (header('registration-secret') === undefined) assertOfficerOf(gateway.access.reader(header('authorization'), { isReading: true }), gateway.organizationId, 'registrar');
  else assertApplicant(gateway, id, header);
}

function mustBe({ registrations }: Gateway, id: string): Registration {
  const registration = registrations.one(id);
  if (registration === undefined) throw new HttpError('NOT_FOUND');
  return registration;
}

function told({ index, registrations }: Gateway, { secretHash: _secretHash, from: _from, ...registration }: Registration): object {
  const approval = registrations.approvalOf(registration);
  return approval === undefined ? registration : { ...registration, receipt: receiptOf(approval, index) };
}
