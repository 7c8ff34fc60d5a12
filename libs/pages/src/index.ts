export { escapeHtml, Html, html } from './html.js';
export * from './page.js';
export * from './send-page.js';
export { STYLES } from './styles.js';
