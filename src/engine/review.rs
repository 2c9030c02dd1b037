//! The review: what an import or a plan leaves to a person, as a form; and the person's answers, on their way back.
//!
//! A form is only lines of text. Whatever comes back is judged anew: each answer by itself, with its place, and what is
//! sound is applied even where something else is not.

pub mod form;
pub mod judge;
pub mod left_out;
pub mod mend;
pub mod origin;
pub mod suggest;
