/** Words of others as a terminal may show them: it obeys none, and they read as they are written. What does harm becomes U+FFFD. */
export const plainText = (text: string): string =>
  text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD');
