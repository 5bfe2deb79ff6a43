import type { Instruction } from '@tallystick/chaincode/domain';
import { HttpError } from '../http/http-error.ts';

/** The instruction must be about the object in the path; its type, and so its body, the route has seen to. @throws HttpError OBJECT_DIFFERS */
export function assertAbout<Body>({ body }: Instruction, isAbout: (body: Body) => boolean): void {
  if (!isAbout(body as Body)) throw new HttpError('OBJECT_DIFFERS');
}
