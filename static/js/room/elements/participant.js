// What only a participant's page has: the questions and one's own, the box to ask in, the hand, what is read out.
import "./questions.js";
import "./own.js";
import "./asking.js";
import "./hand.js";
import "./sound.js";
import "./aloud.js";
