//! Enumerations whose members have each one word on the wire.

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$member:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$member])* $variant,)*
        }

        impl $name {
            /// Every one, in a fixed order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the word used on the wire.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// Finds one by its word.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    )*};
}

pub(crate) use words;
