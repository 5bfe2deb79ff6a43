import { ACCOUNT_ROLES, accountIdSchema, applicationJwsSchema, digestSchema } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import type { Gateway } from '../gateway.ts';
import { assertOfficerOf } from '../http/entitlement.ts';
import { HttpError } from '../http/http-error.ts';
import { receiptOf, receiptSchema } from '../http/receipt.ts';
import { instructionRoute, jsonRoute, publicRoute, readerRoute } from '../http/route.ts';
import { REGISTRATION_STATES, type Registration } from '../registration/store.ts';
import { INSTRUCTION_PROBLEMS, INSTRUCTION_REPLIES, submitted } from './instruction-reply.ts';

const REJECTION_REASONS = ['IDENTITY_NOT_PROVEN', 'INCOMPLETE', 'DUPLICATE', 'NOT_ELIGIBLE', 'OTHER'] as const;

const requestSchema = z.strictObject({
  account: accountIdSchema.meta({ description: 'Chosen by the applicant: {uuidv7}@{organization of this gateway}; also the common name of the request' }),
  roles: z.array(z.enum(ACCOUNT_ROLES)).min(1).refine((roles) => new Set(roles).size === roles.length),
  holder: digestSchema.meta({ description: 'Salted hash of the registration number or LEI' }),
  csr: z.string().max(8192).meta({ description: 'PKCS #10, PEM, P-256' }),
  application: applicationJwsSchema,
});

const registrationSchema = z
  .object({
    id: z.string(),
    account: z.string(),
    roles: z.array(z.enum(ACCOUNT_ROLES)),
    holder: z.string(),
    csr: z.string(),
    application: z.string(),
    state: z.enum(REGISTRATION_STATES),
    certificate: z.string().optional().meta({ description: 'DER, base64; once certified' }),
    reason: z.string().optional(),
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
  description: 'The applicant makes its key and keeps it. `application` (certificate.application/1, signed with that key, kid = SHA-256 of its SPKI) binds key, account, ledger and certificate request.',
  json: requestSchema,
  replies: { 201: { description: 'Submitted; `secret` lets the applicant ask for it', schema: registrationSchema.extend({ secret: z.string() }) } },
  errors: ['REGISTRATION_PROOF', 'REGISTRATION_STATE', 'OBJECT_DIFFERS', 'TOO_MANY_REQUESTS'],
  handle: async (gateway, { body }) => {
    const { registration, secret } = await gateway.registrations.submit(body);
    return { status: 201, headers: { location: `/registrations/${registration.id}` }, body: { ...told(gateway, registration), secret } };
  },
});

export const getRegistration = publicRoute({
  method: 'get',
  path: '/registrations/{registration}',
  tag: 'registrations',
  summary: 'A registration',
  description: 'For its applicant (header `Registration-Secret`) or the organization’s registrar (bearer token).',
  params: registrationParams,
  replies: { 200: { description: 'As it is now', schema: registrationSchema } },
  errors: ['UNAUTHENTICATED', 'NOT_ENTITLED', 'NOT_FOUND'],
  handle: (gateway, { params, header }) => {
    const registration = gateway.registrations.one(params.registration);
    const secret = header('registration-secret');
    if (secret === undefined) assertOfficerOf(gateway.access.reader(header('authorization')), gateway.organizationId, 'registrar');
    else if (registration !== undefined && !gateway.registrations.isApplicant(registration, secret)) throw new HttpError('NOT_FOUND');
    if (registration === undefined) throw new HttpError('NOT_FOUND');
    return { status: 200, body: told(gateway, registration) };
  },
});

export const listRegistrations = readerRoute({
  method: 'get',
  path: '/registrations',
  tag: 'registrations',
  summary: 'Registrations, oldest first, for the registrar',
  query: z.strictObject({
    state: z.enum(REGISTRATION_STATES).optional(),
    cursor: z.string().max(60).optional(),
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
  summary: 'Let the CA certify the applicant’s key',
  description: 'By the registrar, after review. The certificate counts for nothing until the ledger has recorded it.',
  params: registrationParams,
  replies: { 200: { description: 'Certified', schema: registrationSchema } },
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

function told({ index, registrations }: Gateway, { secretHash: _, ...registration }: Registration): object {
  const approval = registrations.approvalOf(registration);
  return approval === undefined ? registration : { ...registration, receipt: receiptOf(approval, index) };
}
