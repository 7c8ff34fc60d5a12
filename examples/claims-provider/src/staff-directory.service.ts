import { Injectable } from '@nestjs/common';

export interface StaffMember {
  readonly department: string;
  readonly costCenter: string;
}

/** The company's directory; yours asks LDAP or a database, and remembers for a while: every token waits for it. */
@Injectable()
export class StaffDirectory {
  private readonly members = new Map<string, StaffMember>();

  add(userId: string, member: StaffMember): void {
    this.members.set(userId, member);
  }

  async find(userId: string): Promise<StaffMember | undefined> {
    return this.members.get(userId);
  }
}
