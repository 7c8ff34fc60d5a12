import { z } from 'zod';

const MAX_KEYS = 50;
/** RFC 7518 §6: the members that make a key private or symmetric. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** RFC 7518 §3.3: a modulus of 2048 bits or more, in base64url. */
const MIN_MODULUS = 342;

const publicJwk = z
  .looseObject({
    kty: z.enum(['EC', 'RSA', 'OKP'], 'must be EC, RSA or OKP: a public key'),
    kid: z.string().max(500).optional(),
    alg: z.string().max(50).optional(),
    use: z.string().max(50).optional(),
  })
  .superRefine((key, context) => {
    if (key.kty === 'RSA' && (typeof key.n !== 'string' || key.n.length < MIN_MODULUS)) {
      context.addIssue({
        code: 'custom',
        path: ['n'],
        message: 'must have 2048 bits or more (RFC 7518 §3.3)',
      });
    }
    for (const member of PRIVATE_MEMBERS) {
      if (!(member in key)) continue;
      context.addIssue({
        code: 'custom',
        path: [member],
        message: 'is private: only public keys belong here',
      });
    }
  });

/** A JWK Set (RFC 7517 §5) of public keys; what is private in one is refused, since it would no longer be secret. */
export const publicJwks = z.looseObject({ keys: z.array(publicJwk).max(MAX_KEYS) });

export type PublicJwks = z.output<typeof publicJwks>;
