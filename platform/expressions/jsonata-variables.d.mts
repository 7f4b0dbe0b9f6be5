export declare const BUILT_IN: ReadonlySet<string>;
