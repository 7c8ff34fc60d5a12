/** Methods of A2A 1.0 §5.3 (its names of JSON-RPC); those of 0.3 are told apart by their slash. */
export const METHODS = [
  'SendMessage',
  'SendStreamingMessage',
  'GetTask',
  'ListTasks',
  'CancelTask',
  'SubscribeToTask',
  'GetExtendedAgentCard',
] as const;

export type Method = (typeof METHODS)[number];

/** Of A2A 0.3.0 §7. */
const OLD_NAMES: Readonly<Record<string, Method>> = {
  'message/send': 'SendMessage',
  'message/stream': 'SendStreamingMessage',
  'tasks/get': 'GetTask',
  'tasks/list': 'ListTasks',
  'tasks/cancel': 'CancelTask',
  'tasks/resubscribe': 'SubscribeToTask',
  'agent/getAuthenticatedExtendedCard': 'GetExtendedAgentCard',
};

/** Versions whose cards and methods differ. */
export type A2aVersion = '0.3' | '1.0';

export interface KnownMethod {
  readonly method: Method;
  readonly version: A2aVersion;
}

export function knownMethod(name: string): KnownMethod | undefined {
  const current = METHODS.find((one) => one === name);
  if (current) return { method: current, version: '1.0' };
  return Object.hasOwn(OLD_NAMES, name) ? { method: OLD_NAMES[name]!, version: '0.3' } : undefined;
}

/** Whether it is about where an agent is to call back; in either version. */
export function isPushMethod(name: string): boolean {
  return /^tasks\/pushNotificationConfig\/|TaskPushNotificationConfigs?$/.test(name);
}

/** Error codes of A2A 1.0 §5.4. */
export const PUSH_NOTIFICATION_NOT_SUPPORTED = -32_003;
export const UNSUPPORTED_OPERATION = -32_004;
export const EXTENDED_CARD_NOT_CONFIGURED = -32_007;
export const VERSION_NOT_SUPPORTED = -32_009;
