/** A column that the exporter knows. Its name in the record is the parser's name for it. */
export interface LogColumn {
  /** Name in the log; case is ignored. */
  readonly name: string;
  /** Set for custom fields, which administrators name freely: the column's name only has to contain `name`. */
  readonly isPart?: true;
  /** Rows cannot be parsed without it. */
  readonly isRequired?: true;
  /** What is unknown without the column; absent when detection does not need it. */
  readonly needed?: string;
  /** The parser does not cut it out, because it searches the whole row. */
  readonly isSearchedInRow?: true;
}

/** A folder with files of a log, below a server's folder. */
export interface LogFolderPattern {
  /**
   * Path with `/`. `<site>` is the number of an IIS site. `<protocol>` is the name of one folder; as the last part it
   * may be absent. Sample: LogFiles/W3SVC<site>
   */
  readonly path: string;
  /** Which default folder of a server contains it; null when no program writes it on a server. */
  readonly standsIn: "exchange_logging" | "iis_logs" | "http_sys" | null;
  /** The exporter looks for it on the server it runs on. */
  readonly isSearched?: true;
}

/** Everything known about a log, except how its rows are parsed. */
export interface LogSource {
  /** Common name of the log. */
  readonly title: string;
  /** Its folders. Files that were copied without their folders count as being in the first one. */
  readonly folders: readonly [LogFolderPattern, ...LogFolderPattern[]];
  /** Values of the label `protocol` for the folders that `<protocol>` matches, as Exchange spells them. */
  readonly protocolFolders?: Readonly<Record<string, string>>;
  readonly extension: ".log" | ".xml";
  /** Recognises copied files (packed ones too) by name; null when their names are not distinctive. */
  readonly fileNames: RegExp | null;
  /** Which time span the name of a file covers; null when it shows none. */
  readonly nameCovers: "iis" | "exchange_hour" | null;
  /** Requests that write to it continuously, so that silence means something; null when rows are rare. */
  readonly growsWith: "front_end_requests" | "back_end_requests" | null;
  /** It shows that a worker process was replaced. */
  readonly showsWorkers: boolean;
  /** The parser's columns in the order of their slots. */
  readonly columns: Readonly<Record<string, LogColumn>>;
}
