/** A form as a browser sees it: where it goes, how, and what it sends when nobody types anything. */
export interface HtmlForm {
  /** Absolute address that the form is sent to. */
  action: string;
  method: 'GET' | 'POST';
  /** Names and preset values of all inputs that aren't buttons, hidden ones included. */
  fields: Record<string, string>;
  /** Type by name, lower case (`hidden`, `text`, `password`, …). */
  types: Record<string, string>;
  /** Submit buttons; the pressed one's name and value are sent. */
  buttons: { name: string; value: string; label: string }[];
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** Replaces the character references that HTML escaping produces. */
export function decodeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name: string) => {
    if (/^#x/i.test(name)) return String.fromCodePoint(parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(parseInt(name.slice(1), 10));
    return ENTITIES[name.toLowerCase()] ?? whole;
  });
}

/** The text of a page as a reader sees it: no tags, scripts or styles, white space collapsed. */
export function visibleText(html: string): string {
  const bare = html.replace(/<(script|style|head)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
  return decodeEntities(bare).replace(/\s+/g, ' ').trim();
}

/**
 * Finds the forms of a page.
 * @param html the page.
 * @param pageUrl the page's own address, to which relative actions are resolved.
 */
export function parseForms(html: string, pageUrl: string): HtmlForm[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, attributes, content]) =>
    parseForm(attributesOf(attributes ?? ''), content ?? '', pageUrl),
  );
}

function parseForm(form: Record<string, string>, content: string, pageUrl: string): HtmlForm {
  const fields: Record<string, string> = {};
  const types: Record<string, string> = {};
  const buttons: HtmlForm['buttons'] = [];
  for (const [, tag, attributes, rest] of content.matchAll(/<(input|button)\b([^>]*)>([^<]*)/gi)) {
    const { name = '', value = '', ...more } = attributesOf(attributes ?? '');
    const isButton = tag?.toLowerCase() === 'button';
    const type = (more.type ?? (isButton ? 'submit' : 'text')).toLowerCase();
    if (type === 'submit') {
      buttons.push({ name, value, label: decodeEntities(isButton ? (rest ?? '') : value).trim() });
      continue;
    }
    if (name === '' || isButton || (isTickable(type) && !('checked' in more))) continue;
    fields[name] = value;
    types[name] = type;
  }
  return {
    action: new URL(form.action ?? '', pageUrl).href,
    method: form.method?.toUpperCase() === 'POST' ? 'POST' : 'GET',
    fields,
    types,
    buttons,
  };
}

function isTickable(type: string): boolean {
  return type === 'checkbox' || type === 'radio';
}

function attributesOf(text: string): Record<string, string> {
  const attribute = /([^\s"'=<>/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;
  return Object.fromEntries(
    [...text.matchAll(attribute)].map(([, name, double, single, bare]) => [
      (name ?? '').toLowerCase(),
      decodeEntities(double ?? single ?? bare ?? ''),
    ]),
  );
}
