import { createHash } from 'node:crypto';

/**
 * Runs in the browser. The token is in the fragment, so that opening the link sends it to no server and it appears in no
 * log; programs that look at links change nothing, because somebody has to press a button.
 */
const SCRIPT = `
const form = document.querySelector('form');
const state = document.querySelector('output');
const token = new URLSearchParams(location.hash.slice(1)).get('token');
history.replaceState(null, '', location.pathname);
const send = async (path, more) => {
  try {
    const answer = await fetch('/services/workflow/approval/' + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, ...more }),
    });
    const body = await answer.json();
    const open = body.kind === 'OPEN';
    form.hidden = !open && (body.kind !== undefined || form.hidden);
    state.textContent = open ? '' : body.why ?? body.errors[0].message;
    return open ? body.question : null;
  } catch {
    state.textContent = 'There was no answer. Try again.';
    return null;
  }
};
const show = (question) => {
  if (!question) return;
  for (const [name, value] of Object.entries(question)) {
    const place = document.getElementById(name);
    if (place) place.textContent = name === 'deadline' ? new Date(value).toLocaleString() : value;
  }
};
if (token) send('question').then(show);
else state.textContent = 'This link is not complete. Open it as it stands in the message.';
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const buttons = form.querySelectorAll('button');
  for (const button of buttons) button.disabled = true;
  show(await send('decision', { verdict: event.submitter.value, comment: form.elements.comment.value || null }));
  for (const button of buttons) button.disabled = false;
});`;

const STYLE = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 10vh auto; padding: 0 1rem; color: #1c1e26; }
#message { white-space: pre-wrap; overflow-wrap: anywhere; border-left: .25rem solid #2f4bd8; padding-left: 1rem; }
dt { float: left; clear: left; width: 8rem; color: #565b6b; }
dd { margin-left: 8rem; overflow-wrap: anywhere; }
textarea, button { font: inherit; width: 100%; box-sizing: border-box; padding: .6rem; margin: .3rem 0 1rem; }
button { border: 0; border-radius: .3rem; background: #2f4bd8; color: #fff; }
button[value=REJECT] { background: #a3262a; }`;

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Headers of the page. */
export const PAGE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': [
    "default-src 'none'",
    `script-src ${hashOf(SCRIPT)}`,
    `style-src ${hashOf(STYLE)}`,
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** The same for everybody: what is asked comes with the token. */
export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Approval</title>
<style>${STYLE}</style>
<h1>Approval</h1>
<noscript><p>This page needs JavaScript. You can also sign in and answer there.</p></noscript>
<form hidden>
<p id="message"></p>
<dl>
<dt>Workflow</dt><dd id="workflow"></dd>
<dt>Step</dt><dd id="step"></dd>
<dt>Execution</dt><dd id="execution"></dd>
<dt>Started by</dt><dd id="startedBy"></dd>
<dt>Answer until</dt><dd id="deadline"></dd>
<dt>You answer as</dt><dd id="person"></dd>
</dl>
<label for="comment">Comment</label>
<textarea id="comment" name="comment" maxlength="2000" rows="3"></textarea>
<button value="APPROVE">Approve</button>
<button value="REJECT">Reject</button>
</form>
<output role="status"></output>
<script>${SCRIPT}</script>
`;
