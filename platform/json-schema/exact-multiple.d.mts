export declare function isMultipleOf(value: number, of: number): boolean;
