/** HTTP/2 streams that the gateway ended itself, as their answers broke off: no fault of the client. */
export const brokenOff = new WeakSet<object>();
