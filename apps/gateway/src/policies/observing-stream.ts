import { Transform } from 'node:stream';

/** A stream that lets a body through as it is: its length stays true. */
export class ObservingStream extends Transform {}
