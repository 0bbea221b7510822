/** A column that the exporter knows of. Its name in the record is what the parser calls it. */
export interface LogColumn {
  /** As the log spells it; compared without regard to case. */
  readonly name: string;
  /** Custom fields are named at will: the column's name only has to contain `name`. */
  readonly isPart?: true;
  /** Without it there is no row. */
  readonly isRequired?: true;
  /** What is not known without the column; left out: nothing that a verdict needs. */
  readonly needed?: string;
  /** The parser does not cut it out, as it searches the whole row. */
  readonly isSearchedInRow?: true;
}

/** A folder of a log's files, below a server's folder. */
export interface LogFolderPattern {
  /**
   * With `/`. `<site>` stands for the number of an IIS site, `<protocol>` for the name of one folder, or for none
   * where it is the last part. Sample: LogFiles/W3SVC<site>
   */
  readonly path: string;
  /** Where the folder's upper part stands on a server unless it was moved; null: no program writes it there. */
  readonly standsIn: "exchange_logging" | "iis_logs" | "http_sys" | null;
  /** The exporter looks for it on its own server. */
  readonly isSearched?: true;
}

/** All that is known of a log but how its rows are parsed. */
export interface LogSource {
  /** What people call it. */
  readonly title: string;
  /** The first is where files count as standing that were copied together without their folders. */
  readonly folders: readonly [LogFolderPattern, ...LogFolderPattern[]];
  /** Label values `protocol` of the folders that `<protocol>` stands for, as Exchange spells them. */
  readonly protocolFolders?: Readonly<Record<string, string>>;
  readonly extension: ".log" | ".xml";
  /** The files' names, packed ones as well, by which copied ones are known; null: their names tell nothing. */
  readonly fileNames: RegExp | null;
  /** Which time a file's name covers; null: none. */
  readonly nameCovers: "iis" | "exchange_hour" | null;
  /** The requests that write to it all the time, so that silence means something; null: it is rare by nature. */
  readonly growsWith: "front_end_requests" | "back_end_requests" | null;
  /** It shows when a worker process was replaced. */
  readonly showsWorkers: boolean;
  /** The parser's columns in the order of their slots. */
  readonly columns: Readonly<Record<string, LogColumn>>;
}
