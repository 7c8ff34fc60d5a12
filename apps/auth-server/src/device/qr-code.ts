import { Html } from '@gatehouse/pages';
import QRCode from 'qrcode';

/** A text as a QR code, dark on white in any colour scheme, since many readers need it so. */
export async function qrCode(text: string): Promise<Html> {
  const svg = await QRCode.toString(text, { type: 'svg', margin: 4, errorCorrectionLevel: 'M' });
  // Made of numbers alone: nothing of the text is in it.
  return new Html(svg.replace('<svg ', '<svg class="qr" role="img" aria-label="QR code of this page" '));
}
