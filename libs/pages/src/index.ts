export { escapeHtml, Html, html } from './html.js';
export * from './page.js';
export { personLine } from './person-line.js';
export * from './send-page.js';
export { STYLES } from './styles.js';
export { timeText } from './time-text.js';
