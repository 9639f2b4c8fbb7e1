// RingCentral's JavaScript SDK: PKCE login, a call, refresh, a refused call, logout.
import { browse, load, report, settings } from "./dialogue.mjs";

const { SDK } = load("@ringcentral/sdk");
const sdk = new SDK(settings);
const platform = sdk.platform();

const landed = await browse(platform.loginUrl({ usePKCE: true, state: "abc", loginHint: "alex" }));
const answer = platform.parseLoginRedirect(new URL(landed).search);
await platform.login(answer);
const first = (await platform.auth().data()).access_token;
const extension = await (await platform.get("/restapi/v1.0/account/~/extension/~")).json();
await platform.refresh();
const second = (await platform.auth().data()).access_token;
const list = await (await platform.get("/restapi/v1.0/account/~/extension", { perPage: 3 })).json();
let refused = "nothing";
try {
  await platform.get("/restapi/v1.0/account/~/extension/~/presence");
} catch (error) {
  refused = (await error.response.json()).errors[0].errorCode;
}
await platform.logout();
report({
  state: answer.state,
  extensionNumber: extension.extensionNumber,
  rotated: first !== second,
  records: list.records.length,
  refused,
  loggedIn: await platform.loggedIn(),
  tokens: [first, second],
});
