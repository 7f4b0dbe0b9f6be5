import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** The page of a link in a mail: a form that sends one mutation, with the token from the fragment of the URL. */
interface AccountPage {
  readonly path: string;
  readonly title: string;
  readonly button: string;
  /** A value that the user enters besides the token, as a field of the mutation's input. */
  readonly password: boolean;
  readonly mutation: string;
  readonly done: string;
}

const PAGES: readonly AccountPage[] = [
  {
    path: '/account/verify-email',
    title: 'Confirm your e-mail address',
    button: 'Confirm',
    password: false,
    mutation: `mutation ($input: VerifyEmailInput!) { result: verifyEmail(input: $input) {
      __typename ... on MutationError { message } } }`,
    done: 'Your e-mail address is confirmed. You can sign in now.',
  },
  {
    path: '/account/reset-password',
    title: 'Choose a new password',
    button: 'Set the password',
    password: true,
    mutation: `mutation ($input: ResetPasswordInput!) { result: resetPassword(input: $input) {
      __typename ... on MutationError { message } ... on InvalidInputError { fields { path message } } } }`,
    done: 'Your password is changed. All your sessions have ended; sign in with the new one.',
  },
];

/** Runs in the browser. Mail scanners that follow links change nothing, because somebody has to press the button. */
const SCRIPT = `
const form = document.querySelector('form');
const state = document.querySelector('output');
const token = new URLSearchParams(location.hash.slice(1)).get('token');
history.replaceState(null, '', location.pathname);
if (!token) { form.hidden = true; state.textContent = 'This link is not complete. Open it as it stands in the mail.'; }
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = form.querySelector('button');
  button.disabled = true;
  state.textContent = '';
  const input = { token, ...Object.fromEntries(new FormData(form)) };
  try {
    const answer = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: form.dataset.mutation, variables: { input } }),
    });
    const { data, errors } = await answer.json();
    const result = data?.result;
    form.hidden = result !== undefined && result !== null && result.message === undefined;
    const problems = result?.fields?.map(({ message }) => 'The password ' + message + '.').join(' ');
    state.textContent = form.hidden ? form.dataset.done : problems || result?.message || errors[0].message;
  } catch {
    state.textContent = 'There was no answer. Try again.';
  }
  button.disabled = false;
});`;

const STYLE = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 15vh auto; padding: 0 1rem; color: #1c1e26; }
input, button { font: inherit; width: 100%; box-sizing: border-box; padding: .6rem; margin: .3rem 0 1rem; }
button { border: 0; border-radius: .3rem; background: #2f4bd8; color: #fff; }`;

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(SCRIPT)}`,
  `style-src ${hashOf(STYLE)}`,
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const escapeHtml = (text: string) => text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');

const PASSWORD_FIELD = `<label for="password">New password</label>
<input id="password" name="newPassword" type="password" autocomplete="new-password" required>`;

function htmlOf({ title, button, password, mutation, done }: AccountPage): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${STYLE}</style>
<h1>${title}</h1>
<form data-mutation="${escapeHtml(mutation)}" data-done="${escapeHtml(done)}">
${password ? PASSWORD_FIELD : ''}
<button>${button}</button>
</form>
<output role="status"></output>
<script>${SCRIPT}</script>
`;
}

/** The pages that mails about accounts link to. They contain no data: they only send a mutation to the graph. */
export function serveAccountPages(server: FastifyInstance): void {
  for (const page of PAGES) {
    const html = htmlOf(page);
    server.get(page.path, (_request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('content-security-policy', CONTENT_SECURITY_POLICY)
        .header('referrer-policy', 'no-referrer')
        .header('x-content-type-options', 'nosniff')
        .send(html),
    );
  }
}
