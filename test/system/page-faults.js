/* global document, getComputedStyle, matchMedia, NodeFilter */
// Evaluated inside a page: what it does wrong for people on phones, at keyboards or with weak eyes.
(() => {
  const faults = [];
  const root = document.documentElement;
  if (!root.lang) faults.push('the page names no language');
  if (!document.title) faults.push('the page has no title');
  if (document.querySelectorAll('h1').length !== 1) faults.push('the page has not exactly one h1');
  if (!document.querySelector('main')) faults.push('the page has no main landmark');
  if (root.scrollWidth > root.clientWidth) faults.push(`it scrolls sideways: ${root.scrollWidth} px`);
  if (root.querySelector('[tabindex]:not([tabindex="0"]):not([tabindex="-1"])'))
    faults.push('it reorders focus');

  for (const input of document.querySelectorAll('input:not([type=hidden])')) {
    if (!input.labels?.length && !input.ariaLabel) faults.push(`the input ${input.name} has no label`);
    if (!input.autocomplete) faults.push(`the input ${input.name} has no autocomplete`);
    if (parseFloat(getComputedStyle(input).fontSize) < 16)
      faults.push(`iOS zooms at ${input.name}: font below 16 px`);
  }
  for (const target of document.querySelectorAll('button, a.button, input:not([type=hidden])')) {
    const { width, height } = target.getBoundingClientRect();
    // WCAG 2.2 §2.5.8 for what looks like text; what looks like a button is for thumbs.
    const style = getComputedStyle(target);
    const least = parseFloat(style.borderWidth) > 0 || style.backgroundColor !== 'rgba(0, 0, 0, 0)' ? 44 : 24;
    if (width < least || height < least)
      faults.push(`${target.textContent || target.tagName} is ${width}×${height} px`);
    if (!target.textContent?.trim() && target.tagName !== 'INPUT') faults.push('a button has no name');
  }

  const parse = (text) => {
    const canvas = document.createElement('canvas').getContext('2d');
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const luminance = ([r, g, b]) => {
    const [x = 0, y = 0, z = 0] = [r, g, b].map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const background = (element) => {
    if (!element)
      return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
    const colour = parse(getComputedStyle(element).backgroundColor);
    return colour[3] > 0.5 ? colour : background(element.parentElement);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent?.trim();
    if (!element || !text || element.closest('style, script, [hidden]') || !element.getClientRects().length)
      continue;
    const [one, two] = [luminance(parse(getComputedStyle(element).color)), luminance(background(element))];
    const contrast = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    // WCAG 2.2 §1.4.3
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(1)} of "${text.slice(0, 30)}"`);
  }
  return faults;
})();
