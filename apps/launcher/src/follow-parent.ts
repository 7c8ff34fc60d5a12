/** Preloaded into each child: asks it to stop when its parent is gone, however the parent went. */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// The channel tells us that the parent lives; it must not keep a finished program from ending.
process.channel?.unref();
