// oidc-provider with the clients of the benchmark and everything in memory: server.js PORT CALLBACK
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const [port, callback] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const secret = 'a-secret-that-is-long-enough-for-anybody';

const jwk = (type, options, alg) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
  alg, use: 'sig', kid: alg,
});

const web = (client_id, id_token_signed_response_alg) => ({
  client_id,
  client_secret: secret,
  id_token_signed_response_alg,
  redirect_uris: [callback],
  grant_types: ['authorization_code', 'refresh_token'],
});

const machine = (client_id) => ({
  client_id,
  client_secret: secret,
  redirect_uris: [],
  response_types: [],
  grant_types: ['client_credentials'],
});

// The adapter that comes along forgets all but the last thousand things.
class Memory {
  static all = new Map();
  static byUid = new Map();
  static byGrant = new Map();

  constructor(kind) { this.kind = kind; }
  key(id) { return `${this.kind}:${id}`; }

  async upsert(id, payload) {
    const key = this.key(id);
    Memory.all.set(key, payload);
    if (payload.uid) Memory.byUid.set(payload.uid, key);
    if (payload.grantId) {
      if (!Memory.byGrant.has(payload.grantId)) Memory.byGrant.set(payload.grantId, []);
      Memory.byGrant.get(payload.grantId).push(key);
    }
  }

  async find(id) { return Memory.all.get(this.key(id)); }
  async findByUid(uid) { return Memory.all.get(Memory.byUid.get(uid)); }
  async consume(id) { Memory.all.get(this.key(id)).consumed = Math.floor(Date.now() / 1000); }
  async destroy(id) { Memory.all.delete(this.key(id)); }

  async revokeByGrantId(grantId) {
    for (const key of Memory.byGrant.get(grantId) ?? []) Memory.all.delete(key);
    Memory.byGrant.delete(grantId);
  }
}

const provider = new Provider(issuer, {
  adapter: Memory,
  jwks: { keys: [jwk('rsa', { modulusLength: 2048 }, 'RS256'), jwk('ec', { namedCurve: 'P-256' }, 'ES256')] },
  cookies: { keys: ['a key of the benchmark'] },
  clients: [
    web('web-rs256', 'RS256'), web('web-es256', 'ES256'), web('offline', 'ES256'),
    machine('machine-rs256'), machine('machine-es256'),
  ],
  scopes: ['openid', 'offline_access', 'profile', 'email'],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'] },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256'] },
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, resource, client) => ({
        scope: '',
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: client.clientId.endsWith('es256') ? 'ES256' : 'RS256' } },
      }),
    },
  },
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: () => ({
      sub: id, name: id, preferred_username: id, email: `${id}@example.com`, email_verified: true,
    }),
  }),
  issueRefreshToken: (ctx, client) => client.clientId === 'offline',
  rotateRefreshToken: true,
  // Consent is taken as given, as for a trusted client of ours.
  async loadExistingGrant(ctx) {
    const known = ctx.oidc.session.grantIdFor(ctx.oidc.client.clientId);
    if (known) return ctx.oidc.provider.Grant.find(known);
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid profile email offline_access');
    await grant.save();
    return grant;
  },
});

provider.listen(Number(port), '127.0.0.1');
