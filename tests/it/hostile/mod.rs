//! Answers and files from an attacker: whatever they are, a command ends soon, in bounded memory, with an error
//! that names what to do, and with nothing on the terminal that the terminal would act on.

mod answer_fields;
mod answers;
mod files;
mod leaks;
mod names;
mod places;
mod services;
mod spec;
mod verdict;
