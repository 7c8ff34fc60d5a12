import { leftHalfHash } from './left-half-hash.js';

describe('leftHalfHash', () => {
  it('OpenID Connect Core appendix A.3: the example of the specification', () => {
    expect(leftHalfHash('RS256', 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y')).toBe(
      '77QmUPtjPfzWtF2AnpK9RQ',
    );
  });

  it.each([
    ['ES256', 22],
    ['PS256', 22],
    ['ES384', 32],
    ['RS512', 43],
    ['EdDSA', 43],
  ])('%s: half of its hash is %i characters', (alg, length) => {
    expect(leftHalfHash(alg, 'x')).toHaveLength(length);
  });
});
