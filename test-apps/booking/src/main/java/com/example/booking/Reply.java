package com.example.booking;

/** What the front door answers: a status and a JSON body. */
record Reply(int status, byte[] json) {}
