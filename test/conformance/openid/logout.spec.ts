import { RP_INITIATED_MODULES } from './logout-plan.js';
import { logoutChannels } from './modules/logout-channels.js';
import { logout } from './modules/logout.js';
import { runModules } from './plan.js';

const CODE = { responseType: 'code' };
const HTTPS = { GATEHOUSE_ISSUER: 'https://issuer.test' };
const LOOPBACK = { GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' };

const RP_INITIATED = 'oidcc-rp-initiated-logout-certification-test-plan';
runModules(RP_INITIATED, CODE, logout, ['oidcc-rp-initiated-logout-discovery-endpoint-verification'], HTTPS);
runModules(RP_INITIATED, CODE, logout, RP_INITIATED_MODULES);

const BACK = 'oidcc-backchannel-rp-initiated-logout-certification-test-plan';
runModules(BACK, CODE, logoutChannels, ['oidcc-backchannel-logout-discovery-endpoint-verification'], HTTPS);
runModules(BACK, CODE, logoutChannels, ['oidcc-backchannel-rp-initiated-logout'], LOOPBACK);

const FRONT = 'oidcc-frontchannel-rp-initiated-logout-certification-test-plan';
runModules(FRONT, CODE, logoutChannels, ['oidcc-frontchannel-logout-discovery-endpoint-verification'], HTTPS);
runModules(FRONT, CODE, logoutChannels, ['oidcc-frontchannel-rp-initiated-logout']);
