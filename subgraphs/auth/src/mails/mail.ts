/** A mail as it is to be sent. */
export interface Mail {
  /** One address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The content of a mail, in parts from which its text and its HTML are made. All parts are plain text. */
export interface MailContent {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** The target and the label of the link. */
  readonly link?: { readonly label: string; readonly url: string } | undefined;
  /** Small print below the link. */
  readonly notes?: readonly string[] | undefined;
}
