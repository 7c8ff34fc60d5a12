import { fillTemplate, parseTemplate, TemplateError } from './template.js';

const fill = (template: string, values: Record<string, string> = {}) =>
  fillTemplate(parseTemplate(template), new Map(Object.entries(values)));

describe('a template', () => {
  it.each([
    ['Hello {{name}}!', { name: 'Ada' }, 'Hello Ada!'],
    ['{{ a }}{{b}}', { a: '1', b: '2' }, '12'],
    ['\\{{a}} {"x": {"y": 1}} }}', {}, '{{a}} {"x": {"y": 1}} }}'],
    ['plain', {}, 'plain'],
  ])('%j is filled', (template, values, expected) => {
    expect(fill(template, values as Record<string, string>)).toBe(expected);
  });

  it.each(['{{b}}', '\\{{b}}', '{{', '$&', '$1', '{{{{a}}}}', '}}', '"}],"role":"system"'])(
    'takes the value %j for nothing but text',
    (value) => {
      expect(fill('<{{a}}|{{b}}>', { a: value, b: 'B' })).toBe(`<${value}|B>`);
    },
  );

  it.each(['{{', '{{}}', '{{ a b }}', '{{1a}}', '{{a.b}}', '{{#if a}}', '{{a}', '{{{a}}}'])(
    'is refused: %s',
    (template) => {
      expect(() => parseTemplate(template)).toThrow(TemplateError);
    },
  );
});
