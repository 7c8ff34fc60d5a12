import { Module } from '@nestjs/common';
import { MeetingRoomsController } from './meeting-rooms.controller.js';

@Module({ controllers: [MeetingRoomsController] })
export class MeetingRoomsModule {}
