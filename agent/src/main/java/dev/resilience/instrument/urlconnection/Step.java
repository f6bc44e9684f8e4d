package dev.resilience.instrument.urlconnection;

/** How far one of the methods that talk to the server goes. */
enum Step {
    CONNECT,
    SEND,
    RECEIVE
}
