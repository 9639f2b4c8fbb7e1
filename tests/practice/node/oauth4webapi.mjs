// A certified OpenID client that checks every answer strictly: login with PKCE, a call, refresh, revocation.
import { browse, loadModule, report, settings } from "./dialogue.mjs";

const oauth = await loadModule("oauth4webapi/build/index.js");
const { server, clientId, clientSecret, redirectUri } = settings;
const http = { [oauth.allowInsecureRequests]: true };
const as = {
  issuer: server,
  authorization_endpoint: `${server}/restapi/oauth/authorize`,
  token_endpoint: `${server}/restapi/oauth/token`,
  revocation_endpoint: `${server}/restapi/oauth/revoke`,
};
const client = { client_id: clientId };
const authentication = clientSecret ? oauth.ClientSecretBasic(clientSecret) : oauth.None();

const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const request = new URL(as.authorization_endpoint);
request.search = new URLSearchParams({
  client_id: clientId,
  redirect_uri: redirectUri,
  response_type: "code",
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state,
});
const landed = new URL(await browse(request));
const callback = oauth.validateAuthResponse(as, client, landed, state);
const exchange = () =>
  oauth.authorizationCodeGrantRequest(as, client, authentication, callback, redirectUri, verifier, http);
const tokens = await oauth.processAuthorizationCodeResponse(as, client, await exchange());
const api = new URL(`${server}/restapi/v1.0/account/~/extension/~`);
const call = (token) => oauth.protectedResourceRequest(token, "GET", api, undefined, undefined, http);
const extension = await (await call(tokens.access_token)).json();
const refreshed = await oauth.processRefreshTokenResponse(
  as,
  client,
  await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token, http),
);
await oauth.processRevocationResponse(
  await oauth.revocationRequest(as, client, authentication, refreshed.refresh_token, http),
);
const seen = async (action) => {
  try {
    await action();
  } catch (error) {
    return error.error ?? error.cause?.[0]?.parameters?.error ?? error.name;
  }
  return "nothing";
};
report({
  tokenType: tokens.token_type,
  expiresIn: tokens.expires_in,
  scope: tokens.scope,
  extensionNumber: extension.extensionNumber,
  rotated: refreshed.access_token !== tokens.access_token,
  afterRevocation: await seen(() => call(refreshed.access_token)),
  replay: await seen(async () => oauth.processAuthorizationCodeResponse(as, client, await exchange())),
});
