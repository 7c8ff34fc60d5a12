export * from './checks.js';
export { SETTING_NAMES, type SettingName } from './names.js';
export * from './settings.js';
export * from './shared-settings.js';
