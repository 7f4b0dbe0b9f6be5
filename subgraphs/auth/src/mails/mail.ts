/** A mail as it is to be sent. */
export interface Mail {
  /** One address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What a mail says, in parts that become its text and its HTML. Nothing in it is taken for HTML. */
export interface MailContent {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** Where it leads, and what the link is called. */
  readonly link?: { readonly label: string; readonly url: string } | undefined;
  /** Below the link, smaller. */
  readonly notes?: readonly string[] | undefined;
}
