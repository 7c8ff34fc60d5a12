export { escapeHtml, Html, html } from './html.js';
export * from './page.js';
export { STYLES } from './styles.js';
