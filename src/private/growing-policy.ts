import { IResolveContext } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';

/** A policy whose statements are worked out when the template is written: by then everything is declared. */
export class GrowingPolicy extends iam.PolicyDocument {
  // Not set here: the constructor of the class above adds no statements, but calls the method for them.
  private added?: iam.PolicyStatement[];

  constructor(private readonly declared: () => readonly iam.PolicyStatement[]) {
    super();
  }

  public addStatements(...statements: iam.PolicyStatement[]): void {
    this.added = [...this.added ?? [], ...statements];
  }

  public resolve(context: IResolveContext): any {
    // Templates are written more than once, each time from the beginning. Minimized, because plans ask for much alike.
    return new iam.PolicyDocument({ minimize: true, statements: [...this.declared(), ...this.added ?? []] }).resolve(context);
  }
}
